"""One's sessions: where one is signed in, and the ending of all others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.views import ListUserSessionsView
from django.http import HttpResponse

from shishi.apps.accounts.sign_in import SignIn, tell


class OwnSessions(ListUserSessionsView):  # type: ignore[misc]  # allauth carries no types
    """Allauth's page; ending the others is written to the trail."""

    def form_valid(self, form: Any) -> HttpResponse:
        """End all but this one."""
        response: HttpResponse = super().form_valid(form)
        tell(SignIn.OTHERS_ENDED, self.request.user.get_username(), datetime.now(UTC))
        return response


listed = OwnSessions.as_view()
