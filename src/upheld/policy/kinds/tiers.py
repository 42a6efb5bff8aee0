"""The kinds of `rules/tiers.yaml`."""

from upheld.policy.facts import CARDS
from upheld.policy.kinds.forms import Kind, never, one_of

CUSTOMER_CLASSES = ("key_person", "global_pass_vip", "ordinary")

KINDS = {
    "card": Kind({"card": one_of(CARDS)}, {}, takes=("highest",)),
    "provisional": Kind({"card": one_of(CARDS)}, {}, takes=("highest",)),
    "cancel": Kind({}, {}, contradicts=never),
    "freeze": Kind({}, {}, contradicts=never),
    "override": Kind({}, {}, contradicts=never),
    "customer_class": Kind({"customer_class": one_of(CUSTOMER_CLASSES)}, {}, takes=("first",)),
}
