"""Publishing as a job: an edition of a whole country takes a while, and nobody should have to wait at a page for it."""

from __future__ import annotations

from datetime import date, datetime

from shishi.apps.accounts.models import Person
from shishi.apps.jobs.kinds import Ending, Errand
from shishi.apps.jobs.models import Job
from shishi.apps.jobs.selectors import jobs_for
from shishi.apps.jobs.services import start
from shishi.apps.publishing.services import publish, require_publishable

KIND = "publishing.publish"


def ask(name: str, as_of: date, *, seen: datetime, by: Person, at: datetime) -> Job:
    """Ask for the edition of a day whose stocktake was ``seen``. What can be refused at once is: see ``publish``."""
    programme = require_publishable(name, as_of, seen=seen, by=by, at=at)
    asked = {"programme": programme.name, "as_of": as_of.isoformat(), "seen": seen.isoformat()}
    title = f"公开“{programme.title}”截至 {as_of} 的数"
    return start(KIND, title, asked, programme=programme.name, by=by, at=at)


def under_way(person: Person, programme: str, at: datetime) -> Job | None:
    """The person's job that is publishing the programme just now."""
    found = (job for state in ("running", "waiting") for job in jobs_for(person, state=state, own=True, at=at))
    return next((job for job in found if (job.kind, job.programme) == (KIND, programme)), None)


def as_job(errand: Errand) -> Ending:
    """The edition, written whole or not at all; asked for twice it is the same one."""
    asked = errand.asked
    edition, made = publish(
        str(asked["programme"]),
        date.fromisoformat(str(asked["as_of"])),
        seen=datetime.fromisoformat(str(asked["seen"])),
        by=errand.by,
        at=errand.at,
        told=errand.told,
    )
    return Ending({"status": "published" if made else "unchanged", "number": edition.number, **asked})
