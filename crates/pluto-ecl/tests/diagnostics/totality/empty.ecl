policy p on custom { }
