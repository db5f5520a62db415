"""Foreign pictures: opened in a cage, told what they are, copied without what they carry; and their likeness."""
