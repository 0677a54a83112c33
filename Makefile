# Each verb calls one script, which works without make too.
.PHONY: demo test test-long bench
demo: ; @sh scripts/demo.sh
test: ; @sh scripts/test.sh
test-long: ; @sh scripts/test.sh --long
bench: ; @sh scripts/bench.sh --peers
