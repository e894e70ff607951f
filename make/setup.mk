# If setup is among the goals, a second make does the other goals: it sees what the first one
# installed.
SETUP := $(filter setup setup-all,$(MAKECMDGOALS))
AFTER_SETUP := $(filter-out $(SETUP),$(MAKECMDGOALS))

.PHONY: $(SETUP) $(AFTER_SETUP)
setup: ## start: install what the build and the tests need
	@tools/setup/setup build
setup-all: ## start: install what everything else needs too: the web page, other machines
	@tools/setup/setup all

ifneq ($(AFTER_SETUP),)
$(AFTER_SETUP): after-setup ;
.PHONY: after-setup
after-setup: $(SETUP)
	@$(MAKE) --no-print-directory $(AFTER_SETUP)
endif
