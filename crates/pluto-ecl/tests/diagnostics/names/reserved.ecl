enum text { a, b }
record option { x: int }

policy p on custom { allow }
