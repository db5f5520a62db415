"""XForms 移动采集表: tables as forms that ODK Collect fills in, and what it sends back (OpenRosa)."""
