"""What is published: frozen editions of a programme for everybody, and what people say of it."""
