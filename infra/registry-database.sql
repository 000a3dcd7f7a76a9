-- The registry's own database on the same server; schemas there survive kill -9 of the registry.
create database millrace_registry;
