"""Rendering 排版: documents as PDF to sign and as Word text to edit, laid out by GB/T 9704-2012."""
