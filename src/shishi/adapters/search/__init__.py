"""Search 搜索: how words are said, so that a name is found by its pinyin or the initials of it."""
