"""Jobs 任务: work that takes longer than a page may, with its person, its course and what became of it."""
