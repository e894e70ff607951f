.PHONY: clean help

# cargo knows its folder, whichever was used; without cargo nothing was built elsewhere.
clean: $(if $(wildcard $(B)/roots),clean-roots) ## build: remove build/ and what cargo built
	rm -rf $(B)
	if [ -x $(CARGO) ]; then $(CARGO) clean --quiet; else rm -rf target; fi

# Of each target that says `## GROUP: what it does`, by group.
help: ## start: this list
	@awk -F ' ## ' '\
		BEGIN { groups = split("start build run look test prove measure release pages", order, " ") } \
		/^[a-z-]+:.* ## [a-z]+: / { \
			target = $$1; sub(/:.*/, "", target); group = $$2; sub(/:.*/, "", group); text = $$2; sub(/^[a-z]+: /, "", text); \
			lines[group] = lines[group] sprintf("  make %-15s %s\n", target, text) } \
		END { for (i = 1; i <= groups; i++) print order[i] ":\n" lines[order[i]] }' Makefile make/*.mk
