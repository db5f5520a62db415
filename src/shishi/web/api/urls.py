"""Addresses for machines."""

from __future__ import annotations

from django.urls import URLResolver, path, re_path

from shishi.web.api import documentation, exchange, open311, openrosa
from shishi.web.api.cases import router as cases
from shishi.web.api.catalogue import router as catalogue
from shishi.web.api.hooks import router as hooks
from shishi.web.api.interface import interface
from shishi.web.api.items import router as items
from shishi.web.api.materials import router as materials
from shishi.web.api.ratings import of_case as rating
from shishi.web.api.ratings import router as ratings
from shishi.web.api.tasks import router as tasks

ROUTERS = (
    ("/", catalogue),
    ("/items", items),
    ("/cases", cases),
    ("/cases", materials),
    ("/cases", rating),
    ("/ratings", ratings),
    ("/tasks", tasks),
    ("/hooks", hooks),
)
for prefix, router in ROUTERS:
    interface.add_router(prefix, router)

_patterns, app, space = interface.urls
# Its root answers nothing, so it has no address.
_operations = [pattern for pattern in _patterns if isinstance(pattern, URLResolver) or pattern.name != "api-root"]
_FORM = r"\.(?P<form>xml|json)$"

app_name = "api"
urlpatterns = [
    path("api/", documentation.page, name="documentation"),
    path("api/openapi.json", documentation.openapi, name="openapi"),
    path("api/v1/", (_operations, app, space)),
    re_path(rf"^open311/v2/discovery{_FORM}", open311.discovery, name="open311-discovery"),
    re_path(rf"^open311/v2/services{_FORM}", open311.listed, name="open311-services"),
    re_path(rf"^open311/v2/services/(?P<code>[\w.-]+?){_FORM}", open311.defined, name="open311-service"),
    re_path(rf"^open311/v2/requests{_FORM}", open311.matters, name="open311-requests"),
    re_path(rf"^open311/v2/requests/(?P<number>[^/]+?){_FORM}", open311.matter, name="open311-request"),
    re_path(rf"^open311/v2/tokens/(?P<token>[^/]+?){_FORM}", open311.token, name="open311-token"),
    path("exchange/messages", exchange.messages, name="exchange-messages"),
    path("openrosa/formList", openrosa.forms, name="openrosa-forms"),
    path("openrosa/submission", openrosa.submission, name="openrosa-submission"),
    path("openrosa/forms/<str:form>.xml", openrosa.form, name="openrosa-form"),
    path("openrosa/forms/<str:form>/manifest", openrosa.manifest, name="openrosa-manifest"),
    path("openrosa/key/<str:token>/formList", openrosa.forms, name="openrosa-key-forms"),
    path("openrosa/key/<str:token>/submission", openrosa.submission, name="openrosa-key-submission"),
    path("openrosa/key/<str:token>/forms/<str:form>.xml", openrosa.form, name="openrosa-key-form"),
    path("openrosa/key/<str:token>/forms/<str:form>/manifest", openrosa.manifest, name="openrosa-key-manifest"),
]
