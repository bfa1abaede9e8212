edition 7

policy p on custom { allow }
