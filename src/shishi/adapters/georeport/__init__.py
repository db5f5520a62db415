"""Other cities' systems for service requests, asked over Open311 GeoReport v2."""
