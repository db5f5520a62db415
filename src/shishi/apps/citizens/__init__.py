"""Who citizens are: accounts apart from the offices, codes by phone, logins of elsewhere, systems that take ours."""
