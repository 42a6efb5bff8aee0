"""The closed lists of cases: kinds, orders, states, steps, what is waited for, and the channels they come by."""

from __future__ import annotations

from django.db.models import TextChoices


class CaseKind(TextChoices):
    """What a customer wants; the values of the fact `case`, by which the standards give it clocks."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    FAULT = "fault"
    ORDER = "order"
    INSTALLATION = "installation"
    REOPENING = "reopening"
    HOME_APPOINTMENT = "home_appointment"
    COVERAGE_REQUEST = "coverage_request"
    INFORMATISATION_REQUEST = "informatisation_request"
    TRAINING_REQUEST = "training_request"
    MAS_ADC_INSTALLATION = "mas_adc_installation"
    PRODUCT_FAULT = "product_fault"
    MAS_ADC_FAULT = "mas_adc_fault"
    BLACKLIST_REQUEST = "blacklist_request"
    CROSS_PROVINCE_BLACKLIST = "cross_province_blacklist"


class OrderType(TextChoices):
    """What an order asks for, in the terms of the hotline standard's glossary (CT-20)."""

    JOIN = "join"
    TRANSFER_OF_OWNERSHIP = "transfer_of_ownership"
    RELOCATION = "relocation"
    CLOSE_ACCOUNT = "close_account"
    SUSPEND_KEEPING_NUMBER = "suspend_keeping_number"
    ROAMING = "roaming"
    SERVICE_CHANGE = "service_change"
    REPLACEMENT_CARD = "replacement_card"
    TOP_UP = "top_up"
    PAYMENT = "payment"


class CaseState(TextChoices):
    """How a case stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    ANSWERED = "answered"
    SETTLED = "settled"
    CLOSED = "closed"
    REOPENED = "reopened"


class WaitingFor(TextChoices):
    """What a case waits for; which clocks stand still meanwhile, each clock's clause says."""

    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    FORCE_MAJEURE = "force_majeure"


class StepKind(TextChoices):
    """What happened to a case."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    WAITING = "waiting"
    RESUMED = "resumed"
    REACHED = "reached"
    SETTLED = "settled"
    CLOSED = "closed"
    REOPENED = "reopened"
    CHANGED = "changed"
    RECOUNTED = "recounted"
    NOTE = "note"
    ATTACHED = "attached"
    CALL_BACK = "call_back"
    DELAY_NOTICE = "delay_notice"
    COMPENSATED = "compensated"


class CaseChannel(TextChoices):
    """Where a case came in."""

    HOTLINE = "hotline"
    STORE = "store"
    MANAGER = "manager"
    ONLINE = "online"
    FIELD = "field"


class Area(TextChoices):
    """Whether an address lies in a town; several limits differ by it (CT-15, LAW-1)."""

    URBAN = "urban"
    RURAL = "rural"


class ClockEventKind(TextChoices):
    """What happened to a clock."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    RESTARTED = "restarted"
    RECOUNTED = "recounted"
    CANCELLED = "cancelled"
