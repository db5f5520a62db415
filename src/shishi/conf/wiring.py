"""Which handler answers for what."""

from __future__ import annotations

from shishi.apps.audit.digesters import register_digester


def wire() -> None:
    """Register the handlers. Safe to repeat."""
    from shishi.apps.accounts.selectors import digest_of_post, post_identifiers
    from shishi.apps.assurance.selectors import digest_of_marking, unrecorded_markings
    from shishi.apps.documents.selectors import brief_identifiers, recomputed_brief_digest
    from shishi.apps.ledger.selectors import batch_identifiers, digest_of_batch
    from shishi.apps.programmes.selectors import digest_of_pack, pack_identifiers
    from shishi.apps.supervision.selectors import recomputed_notice_digest, recomputed_step_digest

    register_digester("ledger.batch", digest_of_batch, batch_identifiers)
    register_digester("post", digest_of_post, post_identifiers)
    register_digester("pack", digest_of_pack, pack_identifiers)
    register_digester("marks", digest_of_marking, unrecorded_markings)
    register_digester("brief", recomputed_brief_digest, brief_identifiers)
    register_digester("notice", recomputed_notice_digest)
    register_digester("notice.step", recomputed_step_digest)
    _wire_messages()


def _wire_messages() -> None:
    from django.conf import settings

    from shishi.adapters.messages.gateway import Gateway
    from shishi.adapters.messages.mail import mail_channel
    from shishi.apps.messages.services import register_channels

    mail = mail_channel(settings.MAIL_URL, settings.DATA / "mail", settings.MAIL_FROM)
    register_channels([mail, *(Gateway(name, url, token) for name, (url, token) in settings.GATEWAYS.items())])
