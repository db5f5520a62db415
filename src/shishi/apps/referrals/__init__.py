"""Referrals 转送: matters that go to another city's Open311 system, and requests of such systems that become matters here."""
