"""Messages 消息 to people: an inbox in the house, deliveries through channels out of it, each with its outcome."""
