"""The API: what machines ask. It knows neither the portal nor the office."""
