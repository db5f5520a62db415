"""People 人员, bodies 单位, posts 岗位, responsibilities 职责: who may see and do what, decided in one place."""
