"""The words that pages use for stored codes, in one place, so that both languages stay complete.

The keys are the glossary's terms; a code without a word here is shown as it is, and a test names it.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

STEPS: dict[str, Lazy | str] = {
    "plan_price_told": _("Plan prices told"),
    "agreement_points_told": _("Points of the agreement told"),
    "channels_told": _("Service channels told"),
    "paying_told": _("Ways of paying told"),
    "data_use_told": _("Data use told"),
    "rights_told": _("Level and rights told"),
    "club_recommended": _("Club recommended"),
    "number_change_coached": _("Number change coached"),
    "internet_coached": _("Mobile internet coached"),
    "first_return_visit": _("First return visit"),
    "manager_assigned": _("Manager assigned"),
    "vip_first_return_visit": _("First return visit to a VIP"),
    "first_bill_explained": _("First bill explained"),
    "plan_fit_coached": _("Fit of the plan coached"),
    "value_added_recommended": _("Value-added services recommended"),
    "closing_visit": _("Closing visit"),
}
"""The steps of the first ninety days, which are promised as actions too."""
ACTIONS: dict[str, Lazy | str] = {
    **STEPS,
    "visit": _("Visit"),
    "call": _("Call"),
    "sms": _("SMS"),
    "return_visit": _("Return visit"),
    "greeting": _("Greeting"),
    "gift": _("Gift"),
    "event": _("Event"),
    "training": _("Training"),
    "information": _("Information"),
    "care_day": _("Care day"),
    "lecture": _("Lecture"),
    "mms": _("MMS"),
    "mail": _("Mail"),
    "message": _("Message"),
    # What the clocks of cases are for.
    "call_back": _("Call-back"),
    "first_answer": _("First answer"),
    "outcome_reply": _("Reply on the outcome"),
    "legal_answer": _("Answer within the law's limit"),
    "remote_support": _("Remote support"),
    "onsite_arrival": _("Arrival on site"),
    "repaired": _("Repair"),
    "in_force": _("In force"),
    "pre_accepted": _("Pre-acceptance"),
    "user_opened": _("User opened"),
    "server_configured": _("Server configured"),
    "settled": _("Settlement"),
    # What one department promises another.
    "coordination": _("Coordination between departments"),
}
OCCASIONS: dict[str, Lazy | str] = {
    "new_year": _("New Year's Day"),
    "spring_festival": _("Spring Festival"),
    "dragon_boat": _("Dragon Boat Festival"),
    "mid_autumn": _("Mid-Autumn Festival"),
    "birthday": _("Birthday"),
    "weekend": _("Weekend"),
}
STATES: dict[str, Lazy | str] = {
    "open": _("open"),
    "kept": _("kept"),
    "broken": _("broken"),
    "waived": _("waived"),
    "cancelled": _("cancelled"),
}
STANDINGS: dict[str, Lazy | str] = {
    "active": _("in force"),
    "frozen": _("frozen"),
    "cancelled": _("membership cancelled"),
    "provisional": _("provisional"),
    "none": _("no card"),
}
CARDS: dict[str, Lazy | str] = {
    "silver": _("Silver card"),
    "gold": _("Gold card"),
    "diamond": _("Diamond card"),
}
ROLES: dict[str, Lazy | str] = {
    "top_decision_maker": _("top decision maker"),
    "contact": _("contact"),
    "telecom_manager": _("telecom manager"),
    "influencer": _("influencer"),
}
JOBS: dict[str, Lazy | str] = {
    "account_manager": _("account manager"),
    "phone_manager": _("phone manager"),
    "team_lead": _("team lead"),
    "service_department": _("service department"),
    "administrator": _("administrator"),
    "chief_representative": _("chief customer representative"),
    "hotline_agent": _("hotline agent"),
    "store_clerk": _("store clerk"),
    "field_engineer": _("field engineer"),
    "quality_inspector": _("quality inspector"),
}
PERIODS: dict[str, Lazy | str] = {
    "week": _("every week"),
    "month": _("every month"),
    "two_months": _("every two months"),
    "quarter": _("every quarter"),
    "half_year": _("every half year"),
    "year": _("every year"),
    "two_years": _("every two years"),
    "calendar_month": _("each calendar month"),
    "on_demand": _("on demand"),
}
GROUP_KINDS: dict[str, Lazy | str] = {
    "government": _("government"),
    "key_department": _("key department"),
    "key_enterprise": _("key enterprise"),
    "other": _("other"),
}
BRANDS: dict[str, Lazy | str] = {
    "e_home": _("e-Home"),
    "tianyi": _("Tianyi"),
    "business_navigator": _("Business Navigator"),
    "global_pass": _("Global Pass"),
    "three_g": _("3G"),
    "other": _("other"),
}
OUTCOMES: dict[str, Lazy | str] = {
    "reached": _("Reached"),
    "not_reached": _("Not reached"),
    "refused": _("Refused by the customer"),
}
CLAUSE_STATUSES: dict[str, Lazy | str] = {
    "executable": _("executable"),
    "guidance": _("guidance"),
    "pending": _("pending"),
    "illegible": _("illegible"),
}
CONFIDENCES: dict[str, Lazy | str] = {
    "stated": _("stated"),
    "inferred": _("inferred"),
    "unconfirmed": _("unconfirmed"),
    "statutory": _("statutory"),
}
ENTITLEMENTS: dict[str, Lazy | str] = {
    "credit": _("Credit before suspension"),
    "emergency_reopen": _("Emergency reopening"),
    "spare_phone": _("Spare phone"),
    "spare_card": _("Spare SIM card"),
    "international_card": _("International card"),
    "card_replacement": _("Card replacement"),
    "points_home_exchange": _("Points exchanged at home"),
    "home_payment": _("Payment at home"),
    "low_balance_call": _("Call before the balance runs out"),
    "new_charge_notice": _("Notice of new charges"),
    "service_hours": _("Service hours"),
    "onsite_hours": _("On-site service hours"),
    "trial_new_services": _("Free trial of new services"),
    "group_trial": _("Free trial for the group"),
    "number_choice": _("Choice of premium numbers"),
    "dedicated_manager": _("Dedicated account manager"),
    "vip_seat": _("VIP seat on the hotline"),
    "vip_area": _("VIP area in stores"),
    "bulk_handling": _("Bulk business handling"),
    "phone_book": _("Company phone book"),
    "group_guarantee": _("Group guarantee"),
    "certificate": _("Contact's certificate"),
    "handset_subsidy": _("Handset subsidy"),
    "bills_on_request": _("Bills and invoices on request"),
    "away_from_home": _("Service away from home"),
    "complaint_priority": _("Complaints first in the queue"),
    "contact_service": _("Service for the group's contact"),
}


KINDS: dict[str, Lazy | str] = {
    "card": _("Gives a card"),
    "provisional": _("Gives a card for the time being"),
    "cancel": _("Ends the membership"),
    "freeze": _("Freezes the membership"),
    "override": _("Lets a card be kept by hand"),
    "customer_class": _("Sorts customers"),
    "contact": _("Owes contacts"),
    "kept_by": _("Says what keeps a promise"),
    "together": _("Lets one contact keep several promises"),
    "coverage": _("Sets a target for the share reached"),
    "grant": _("Grants an entitlement"),
    "claim": _("Says how it is claimed"),
}
CUSTOMER_CLASSES: dict[str, Lazy | str] = {
    "key_person": _("key person"),
    "global_pass_vip": _("Global Pass VIP"),
    "ordinary": _("ordinary customer"),
}
POPULATIONS: dict[str, Lazy | str] = {"groups": _("groups"), "people": _("people")}
WAYS: dict[str, Lazy | str] = {
    "two_year_agreement": _("with a two-year agreement"),
    "gold": _("gold grade"),
    "silver": _("silver grade"),
    "onsite_first": _("on-site service first"),
    "first_in_queue": _("first in the queue"),
    "manager_or_store": _("by the account manager or a store"),
    "one_to_one": _("one to one"),
    "above_amount": _("this amount and more"),
    "manager_onsite_free": _("brought by the manager, free of charge"),
    "store": _("in a store"),
    "home_manager": _("arranged by the home manager"),
    "delivered_free": _("delivered free of charge"),
}
CLAIM_FORMS: dict[str, Lazy | str] = {
    "use": _("used when asked for"),
    "loan": _("lent, and to be returned"),
    "trial": _("tried once for each product"),
}
PURPOSES: dict[str, Lazy | str] = {
    "reopen": _("Reopen in an emergency"),
    "delay_suspension": _("Put the suspension off"),
    "suspend": _("Suspend for a while"),
    "roam": _("Roam abroad without deposit"),
    "phone_lost": _("Phone lost"),
    "phone_faulty": _("Phone faulty"),
    "replace": _("Replace the card"),
    "upgrade": _("Upgrade the card"),
    "replacement_card": _("Replacement card by courier"),
    "other_business": _("Other business"),
}
"""What an entitlement is claimed for."""
CLAIM_WAYS: dict[str, Lazy | str] = {
    "home": _("At the customer's"),
    "store": _("In a store"),
    "delivered": _("Delivered"),
}
CARRIED_OUT_BY: dict[str, Lazy | str] = {
    "hotline": _("carried out by the hotline"),
    "manager": _("carried out by the customer's manager"),
}
CLAIM_ASKS: dict[str, Lazy | str] = {
    "amount": _("Amount to be paid (yuan)"),
    "place": _("Country or region"),
    "product": _("New service or product"),
    "item": _("Number of what is lent"),
}
PLACES: dict[str, Lazy | str] = {
    "MO": _("Macau"),
    "TH": _("Thailand"),
    "IN": _("India"),
    "ID": _("Indonesia"),
    "BD": _("Bangladesh"),
    "GU": _("Guam"),
    "CA": _("Canada"),
    "US": _("United States"),
    "BR": _("Brazil"),
    "MX": _("Mexico"),
    "NZ": _("New Zealand"),
    "IL": _("Israel"),
    "JP": _("Japan"),
    "VN": _("Vietnam"),
    "elsewhere": _("Anywhere else"),
}
"""Places by their two letters (ISO 3166); a company's own further ones are shown by these."""
RETURN_STATES: dict[str, Lazy | str] = {
    "good": _("In good order"),
    "damaged": _("Damaged"),
    "lost": _("Lost"),
}
SERVICE_KINDS: dict[str, Lazy | str] = {
    "mobile": _("mobile"),
    "broadband": _("broadband"),
    "fixed": _("fixed line"),
}
VALUES: dict[str, dict[str, Lazy | str]] = {
    "role": ROLES,
    "brand": BRANDS,
    "group_kind": GROUP_KINDS,
    "card": CARDS,
    "previous_card": CARDS,
    "override_card": CARDS,
    "papers": {"personal": _("personal papers"), "organisation": _("an organisation's papers")},
    "organisation_kind": {
        "government": _("government"),
        "finance": _("finance"),
        "large_enterprise": _("large enterprise"),
        "high_end_cluster": _("high-end cluster"),
        "low_end_cluster": _("low-end cluster"),
    },
    "rank": {
        "bureau": _("bureau level"),
        "division": _("division level"),
        "section": _("section level"),
    },
    "status": {"active": _("in service"), "suspended": _("suspended"), "closed": _("closed")},
    "birthday_calendar": {"solar": _("solar"), "lunar": _("lunar")},
}


def word(words: dict[str, Lazy | str], code: str | None) -> str:
    """Give the word for a code in the reader's language; an unknown code is shown as it is, with spaces."""
    if not code:
        return ""
    return str(words.get(code) or code.replace("_", " "))


def employee_name(employee: Any) -> str:
    """Give an employee's name; of somebody who left, it says so."""
    return employee.name if employee.is_active else gettext("%(name)s (left)") % {"name": employee.name}
