"""The hall 办事大厅: what can be done where, drafts of applications, and being carried to outside systems and back."""
