"""What is stored of a file; its content lies encrypted in the data folder."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """``sha256`` is of the plain content: the same content is held once."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:16]
