"""Messages 消息 that leave the house: mail, and one gateway for SMS, 政务微信 and OA. The inbox is the app itself."""
