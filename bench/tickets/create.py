"""Create tickets as django-helpdesk documents it, and tell what one costs in CPU.

    python bench/tickets/create.py {set-up|api|serializer|barest} [tickets]

`api` sends the fields of the guide's example to POST /api/tickets/ within the process; `serializer` gives them to what
that calls (validation, TicketForm, ticket and first follow-up) without a request around it. Their customer's mail is
written, by the templates that come with it, and thrown away. `barest` names no customer, so that no mail is written.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

TICKET = {
    "queue": 1,
    "title": "客户投诉网络信号差",
    "description": "客户投诉网络信号差，厂区三号楼",
    "priority": 1,
}
CUSTOMER = {"submitter_email": "zhang@example.com"}


def main() -> None:
    """Do what the parent asks, and tell it what it cost."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    import django

    django.setup()
    if sys.argv[1] == "set-up":
        set_up()
        return
    count = int(sys.argv[2])
    create = {"serializer": serializer, "api": api, "barest": barest}[sys.argv[1]]()
    for _ in range(20):
        create()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        create()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": cpu / count, "wall": wall / count, "peak": peak}), flush=True)


def set_up() -> None:
    """Make the tables, a queue and an agent."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("agent", "agent@example.com", "agent")
    Queue.objects.create(id=1, title="Complaints", slug="complaints")


def barest() -> Callable[[], Any]:
    """Give the cheapest way there is."""
    return serializer(TICKET)


def serializer(ticket: Mapping[str, Any] = TICKET | CUSTOMER) -> Callable[[], Any]:
    """Give the way that the REST API goes once a request has been read."""
    from types import SimpleNamespace

    from django.contrib.auth.models import User
    from helpdesk.serializers import TicketSerializer

    request = SimpleNamespace(user=User.objects.get(username="agent"))

    def create() -> None:
        one = TicketSerializer(data=ticket, context={"request": request})
        one.is_valid(raise_exception=True)
        one.save()

    return create


def api() -> Callable[[], Any]:
    """Give the documented way: POST /api/tickets/."""
    from django.contrib.auth.models import User
    from helpdesk.views.api import TicketViewSet
    from rest_framework.test import APIRequestFactory, force_authenticate

    agent, factory = User.objects.get(username="agent"), APIRequestFactory()
    view = TicketViewSet.as_view({"post": "create"})

    def create() -> None:
        request = factory.post("/api/tickets/", TICKET | CUSTOMER, format="json")
        force_authenticate(request, user=agent)
        response = view(request)
        if response.status_code != 201:
            raise SystemExit(response.data)
        response.render()

    return create


if __name__ == "__main__":
    main()
