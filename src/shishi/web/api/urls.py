"""Addresses for machines."""

from __future__ import annotations

from django.urls import path

from shishi.web.api import exchange, openrosa

app_name = "api"
urlpatterns = [
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
