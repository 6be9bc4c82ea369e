"""Typed input of the register's pages."""
