"""Take in files of calls that a team lead hands over, and tell line by line what could not be read."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.uploads import MOST_BYTES, was_stopped
from upheld.operations.import_calls import CallsReport, import_calls

MOST_FILES = 5
MOST_BYTES_UNPACKED = 128 * 1024 * 1024
REJECTS_SHOWN = 50
_UNFIT = re.compile(r"[^\w.\- ]+")


@require_http_methods(["GET", "POST"])
@allowed_to("import_calls")
def import_files(request: StaffRequest) -> HttpResponse:
    """Show the form; take the files in and tell what became of each."""
    context: dict[str, Any] = {
        "here": "calls",
        "tab": "import",
        "most_megabytes": MOST_BYTES // (1024 * 1024),
        "most_files": MOST_FILES,
        "shown": REJECTS_SHOWN,
    }
    if request.method == "POST":
        files = request.FILES.getlist("files")
        problem = _problem(request, files)
        if problem:
            context["problem"] = problem
        else:
            context["report"] = _take_in(request, files)
    status = 400 if "problem" in context else 200
    return render(request, "calls/import.html", context, status=status)


def _problem(request: StaffRequest, files: list[Any]) -> str:
    if was_stopped(request):
        megabytes = MOST_BYTES // (1024 * 1024)
        words = gettext(
            "The files are larger than %(n)s MB; hand them over in parts, or use the command line."
        )
        return words % {"n": megabytes}
    if not files:
        return gettext("Choose a file first.")
    if len(files) > MOST_FILES:
        return gettext("Hand over at most %(n)s files at once.") % {"n": MOST_FILES}
    return ""


def _take_in(request: StaffRequest, files: list[Any]) -> CallsReport:
    """Write the files where the act can read them, and keep the list of rejects for the one who handed them over."""
    kept = _kept_for(request)
    shutil.rmtree(kept, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="upheld-calls-") as folder:
        paths = []
        for number, file in enumerate(files, 1):
            name = _UNFIT.sub("_", Path(file.name).name).lstrip(".")[-80:] or "calls"
            path = Path(folder) / (name if not (Path(folder) / name).exists() else f"{number}-{name}")
            with path.open("wb") as out:
                for chunk in file.chunks():
                    out.write(chunk)
            paths.append(path)
        return import_calls(by=request.user, files=paths, rejects_folder=kept, most_bytes=MOST_BYTES_UNPACKED)


def _kept_for(request: StaffRequest) -> Path:
    """Return the folder of the latest rejects of whoever asks; nobody else's can be named."""
    return Path(settings.UPHELD_HOME) / "rejects" / "calls" / str(request.user.pk)


@require_GET
@allowed_to("import_calls")
def rejects(request: StaffRequest) -> HttpResponseBase:
    """Hand out a list of rejects of one's own latest upload, with the lines as they were."""
    folder = _kept_for(request)
    there = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    path = there.get(request.GET.get("file", ""))
    if path is None:
        raise Http404("no such list of rejects")
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv; charset=utf-8"
    )
