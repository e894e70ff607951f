# What the steps of every theme are written with.

# $(call need,TOOL,PACKAGE,SETUP): one clear line where a tool is missing. SETUP is setup-all where
# `make setup` does not install it.
need = command -v $(1) >/dev/null || { \
	echo "boot256: $(1) is missing (package $(2)): run 'make $(or $(3),setup)'" >&2; exit 1; }

# $(call new_enough,TOOL,LEAST VERSION,PACKAGE,COMMAND THAT PRINTS THE VERSION)
new_enough = version=$$($(4)) || true; printf '%s\n' $(2) "$$version" | sort -VC || { \
	echo "boot256: $(1) $${version:-of no version} is too old, $(2) is needed (package $(3)): run 'make setup'" >&2; exit 1; }

# A folder $$d for a step to work in: gone when the step ends, whichever way it ends. What it made
# leaves the folder by one rename, so that an image is whole or the last good one.
# Named before it is made, and not by mktemp: a signal finds nothing that the trap does not know.
# It is beside the images, because a rename does not cross file systems.
draft = echo "boot256: $(or $(1),$@)"; d=$(B)/.$(@F).$$$$; \
	trap 'rm -rf "$$d"' EXIT; trap 'exit 1' INT TERM HUP; \
	rm -rf "$$d"; error=$$(LC_ALL=C mkdir "$$d" 2>&1) || { \
		echo "boot256: cannot write in $(B)/: $${error\#\#*: }" >&2; exit 1; }

# $(call quoted,TEXT): one word for the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'

# $(call test_files,PATTERN): files of JavaScript tests. Without any, node would look for others and be happy with those.
test_files = $(or $(wildcard $(1)),$(error boot256: no test is called $(1)))

# $(call place,FILE): a copy of it under the target's name.
place = $(call draft); mkdir -p $(@D); cp "$(1)" "$$d/$(@F)"; mv "$$d/$(@F)" $@

# $(call take,PROFILE): the program that cargo has built under the target's own name.
take = $(call place,$(TARGET_DIR)/$(1)/$(@F))

# $(call sources,FOLDERS): all that a program in these folders is made of, Cargo's files included.
# Not by find: make looks each file up as it starts, before any tool is known to be there.
sources = Cargo.toml Cargo.lock $(foreach folder,$(1),$(wildcard $(folder)/*.toml $(folder)/build.rs) $(call below,$(wildcard $(folder)/src $(folder)/templates)))
below = $(foreach entry,$(wildcard $(addsuffix /*,$(1))),$(or $(call below,$(entry)),$(entry)))

# The programs of the tools: two of them have much to count.
$(B)/tools/boot256-%: | $(B)
	@$(need_rust)$(if $(filter model,$*),; $(need_unicorn))
	$(CARGO) build$(if $(filter bench model,$*), --release) --package boot256-$* --bin boot256-$*
	@$(call take,$(if $(filter bench model,$*),release,debug))

$(B):
	mkdir -p $@
