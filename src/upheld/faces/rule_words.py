"""The words for the codes of rule tables: clocks, windows, steps, points, leaving risk and speech, as on clause pages.

What customers' and promises' pages say is in `wording.py`; a company's own codes have no word here and are shown as
they are.
"""

from __future__ import annotations

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording

KINDS: dict[str, Lazy | str] = {
    "clock": _("Runs a clock"),
    "business_hours": _("Says when business is open"),
    "compensation": _("Compensates for a missed limit"),
    "quiet": _("Keeps quiet hours"),
    "visit_hours": _("Says when visits are made"),
    "consent": _("Asks for consent"),
    "step": _("Owes a step"),
    "delivery": _("Says how a step is done"),
    "earning": _("Earns points"),
    "exchange": _("Values points"),
    "cycle": _("Begins a cycle"),
    "expiry": _("Ends points"),
    "eligibility": _("Lets points be redeemed"),
    "spending": _("Spends points"),
    "campaign": _("Gives more points for a time"),
    "budget": _("Holds cost against budget"),
    "term": _("Weighs a rate"),
    "unknown": _("Deals with unknown rates"),
    "band": _("Names a band of the score"),
    "moment": _("Recognises a key moment"),
    "dispatch": _("Says how soon to act"),
    "rank": _("Puts moments in order"),
    "suppress": _("Holds offers back"),
    "health": _("Judges the health of a customer"),
    "offer": _("Makes an offer"),
    "forbidden": _("Forbids words"),
    "required": _("Requires words"),
    "reply": _("Requires an answer"),
    "interruption": _("Counts interruptions"),
    "rate": _("Keeps a pace of speech"),
    "hold": _("Sets rules for waiting"),
    "closing": _("Sets rules for hanging up"),
    "call_length": _("Limits a call"),
    "promise": _("Checks what is promised"),
    "spare": _("Spares a customer a rule"),
    "answer_rate": _("Counts answers in time"),
    "award": _("Gives points to staff"),
}
STAFF_EVENTS: dict[str, Lazy | str] = {
    "kept": _("promise kept in time"),
    "kept_late": _("promise kept late"),
    "broken": _("promise broken"),
    "very_satisfied": _("customer very satisfied"),
    "satisfied": _("customer satisfied"),
    "so_so": _("customer answered so-so"),
    "dissatisfied": _("customer dissatisfied"),
    "stays": _("customer stays"),
    "thinks": _("customer thinks it over"),
    "leaves": _("customer leaves"),
    "not_reached": _("customer not reached"),
    "accepted": _("offer accepted"),
    "declined": _("offer declined"),
}
"""How an act of an employee ended."""
CALL_ENDS: dict[str, Lazy | str] = {
    "answered": _("answered by an agent"),
    "abandoned": _("hung up waiting"),
    "left_queue": _("sent out of the queue"),
}
"""How a call's wait for an agent ended."""
NOUN_KINDS: dict[tuple[str, str], Lazy | str] = {("points", "freeze"): _("Freezes points")}
"""Kinds that two nouns name alike; `wording.KINDS` has the one of tiers."""

STOPS: dict[str, Lazy | str] = {
    "opened": _("the opening of the case"),
    "first_answer": _("first answer"),
    "outcome_reply": _("reply with the outcome"),
    "legal_answer": _("answer that the law asks for"),
    "remote_support": _("remote support"),
    "onsite_arrival": _("arrival on site"),
    "repaired": _("repair"),
    "in_force": _("taking effect"),
    "pre_accepted": _("preliminary acceptance"),
    "user_opened": _("opening of the user"),
    "server_configured": _("configuration of the server"),
    "settled": _("settlement"),
}
PAUSES: dict[str, Lazy | str] = {
    "customer": _("the customer"),
    "third_party": _("a third party"),
    "force_majeure": _("force majeure"),
}
CAUSES: dict[str, Lazy | str] = {
    "network": _("the network"),
    "line": _("the line"),
    "company_equipment": _("the company's equipment"),
    "terminal": _("the customer's own terminal"),
}
STEPS: dict[str, Lazy | str] = wording.STEPS
ANCHORS: dict[str, Lazy | str] = {
    "joined_date": _("joining"),
    "rated_date": _("the rating"),
    "assigned_date": _("the manager's assignment"),
}
DELIVERIES: dict[str, Lazy | str] = {"guide": _("service guide"), "sms": _("SMS"), "staff": _("staff")}
POINT_EVENTS: dict[str, Lazy | str] = {
    "bill": _("bill"),
    "bonus": _("bonus"),
    "transfer_in": _("transfer in"),
    "redeem": _("redemption"),
    "transfer_out": _("transfer out"),
    "reverse": _("reversal"),
}
SPEAKERS: dict[str, Lazy | str] = {"agent": _("Agent:"), "customer": _("Customer:")}
USES: dict[str, Lazy | str] = {
    "top_up_card": _("top-up cards"),
    "service": _("services"),
    "merchant": _("goods of merchants"),
}
URGENCIES: dict[str, Lazy | str] = {"at_once": _("at once"), "soon": _("soon"), "in_time": _("in time")}
DISPATCHES: dict[str, Lazy | str] = {
    "day": _("every day"),
    "week": _("every week"),
    "month": _("every month"),
}
MOMENTS: dict[str, Lazy | str] = {
    "bill_shock": _("sudden high bill"),
    "calls_forwarded_to_rival": _("calls forwarded to a rival"),
    "contract_ending": _("contract about to end"),
    "plan_overused": _("plan too small"),
    "plan_underused": _("plan too large"),
    "spend_dropping": _("spend dropping"),
}
INDICES: dict[str, Lazy | str] = {
    "brand_and_plan": _("brand and plan"),
    "business": _("business"),
    "service": _("service"),
    "calling_circle": _("calling circle"),
}
HEALTH: dict[str, Lazy | str] = {"good": _("good"), "watch": _("to be watched"), "poor": _("poor")}
BANDS: dict[str, Lazy | str] = {"low": _("low"), "medium": _("medium"), "high": _("high")}
OFFERS: dict[str, Lazy | str] = {
    "credit_with_broadband": _("credit with broadband"),
    "customised_handset": _("customised handset"),
    "direct_credit": _("direct credit"),
    "family_network": _("family network"),
    "group_network": _("group network"),
    "group_value_pack": _("group value pack"),
    "monthly_credit": _("credit every month"),
    "prepaid_handset": _("prepaid handset"),
}
FAMILIES: dict[str, Lazy | str] = {
    "credit": _("credit"),
    "handset": _("handset"),
    "product_bundle": _("bundle of products"),
    "value_bundle": _("bundle of value"),
}
SEVERITIES: dict[str, Lazy | str] = {
    "minor": _("minor"),
    "major": _("major"),
    "critical": _("critical"),
}
PARTS_OF_CALL: dict[str, Lazy | str] = {
    "opening": _("at the opening"),
    "ending": _("at the end"),
    "anywhere": _("anywhere"),
}
RULES: dict[str, Lazy | str] = {
    "slow": _("too slow"),
    "fast": _("too fast"),
    "interruption": _("interruption"),
    "greeting": _("greeting"),
    "closing_words": _("closing words"),
    "anything_else": _("asking whether there is anything else"),
    "thanks_answered": _("thanks answered"),
    "apology_answered": _("apology answered"),
    "asks_why": _("asking why the customer leaves"),
    "hold_not_asked": _("waiting not asked for"),
    "hold_not_thanked": _("no thanks after waiting"),
    "hold_silent": _("silence while waiting"),
    "hold_too_long": _("waiting too long"),
    "hung_up_first": _("hung up first"),
    "nuisance_too_long": _("nuisance call too long"),
    "promise_too_late": _("promise later than the clock"),
}
VALUES: dict[str, dict[str, Lazy | str]] = {
    "case": {
        "coverage_request": _("request for coverage"),
        "enquiry": _("enquiry"),
        "complaint": _("complaint"),
        "informatisation_request": _("request for informatisation"),
        "mas_adc_installation": _("MAS or ADC installation"),
        "training_request": _("request for training"),
        "product_fault": _("fault of a product"),
        "mas_adc_fault": _("MAS or ADC fault"),
        "blacklist_request": _("blacklist request"),
        "cross_province_blacklist": _("blacklist request across provinces"),
        "fault": _("fault"),
        "order": _("order"),
        "home_appointment": _("appointment at home"),
        "installation": _("installation"),
        "reopening": _("reopening"),
    },
    "segment": {"ordinary": _("ordinary"), "brand": _("brand customers"), "vip": _("VIP")},
    "area": {"urban": _("urban"), "rural": _("rural")},
    "channel": wording.ACTIONS,
    "purpose": {"service": _("service"), "care": _("care"), "commercial": _("commercial")},
    "hung_up_by": {"agent": _("the agent"), "customer": _("the customer")},
}
UNITS: dict[str, Lazy | str] = {
    "actions": _("actions"),
    "acts": _("acts"),
    "contacts": _("contacts"),
    "customers": _("customers"),
    "recommendations": _("recommendations"),
    "fen a contact": _("fen a contact"),
    "fen an accepted offer": _("fen an accepted offer"),
    "groups": _("groups"),
    "calendar years with that of earning": _("calendar years with that of earning"),
    "characters": _("characters"),
    "characters a minute": _("characters a minute"),
    "churn rate": _("churn rate"),
    "day of the month": _("day of the month"),
    "day of the journey": _("day of the journey"),
    "days": _("days"),
    "days after the assignment": _("days after the assignment"),
    "days after the rating": _("days after the rating"),
    "days before the last day": _("days before the last day"),
    "days each": _("days each"),
    "hours": _("hours"),
    "hours of a day": _("hours of a day"),
    "hours of a working day": _("hours of a working day"),
    "messages": _("messages"),
    "minutes": _("minutes"),
    "month of the year": _("month of the year"),
    "months": _("months"),
    "percent": _("percent"),
    "places by their two letters (ISO 3166)": _("places by their two letters (ISO 3166)"),
    "percent of the bills": _("percent of the bills"),
    "percent of the brand's revenue": _("percent of the brand's revenue"),
    "percent of the whole time (1 to 99)": _("percent of the whole time (1 to 99)"),
    "percent of the whole time (101 to 1000)": _("percent of the whole time (101 to 1000)"),
    "points": _("points"),
    "points a yuan": _("points a yuan"),
    "score": _("score"),
    "seconds": _("seconds"),
    "share of the score": _("share of the score"),
    "share of the spend before": _("share of the spend before"),
    "times a calendar month": _("times a calendar month"),
    "times the mean of three months": _("times the mean of three months"),
    "turns": _("turns of speaking"),
    "use of the plan": _("use of the plan"),
    "words": _("words"),
    "words of the feed": _("words of the feed"),
    "working days": _("working days"),
    "working hours": _("working hours"),
    "years": _("years"),
    "yuan": _("yuan"),
    "yuan a month": _("yuan a month"),
    "yuan a point": _("yuan a point"),
    "yuan a year": _("yuan a year"),
}
"""Units of the shipped parameters; a company's own are shown as written."""
