"""Referrals 转送: matters that go to another city's Open311 system, and requests of such systems taken in here."""
