"""Messages by mail, WeCom, DingTalk and Feishu, through Apprise."""
