"""What a study will take, estimated before anything of it runs."""
