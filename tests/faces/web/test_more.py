"""The page of the other pages shows each reader those that open, and no other."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse


@pytest.mark.parametrize("who", ["li", "lead", "service", "admin"])
def test_every_page_that_is_shown_opens_for_whoever_sees_it(company, signed_in, who):
    client = signed_in(who)
    shown = client.get(reverse("more")).content.decode()
    addresses = re.findall(r'<li><a href="([^"]+)"><svg', shown.split("<main")[1].split("</main>")[0])
    assert addresses
    assert {address: client.get(address, follow=True).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_what_does_not_open_is_not_shown(company, signed_in):
    assert reverse("calls") in signed_in("lead").get(reverse("more")).content.decode()
    manager = signed_in("li")
    assert reverse("calls") not in manager.get(reverse("more")).content.decode()
    assert manager.get(reverse("calls")).status_code == 403
