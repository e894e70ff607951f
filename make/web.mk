# build/web is a folder of plain files for any web server: web/build.mjs gathers them. npm takes
# the versions that web/package-lock.json pins; none of the packages needs its install scripts.
# Ubuntu has Chromium as a snap only, which sees no other folders than its own: Google's build of it does.
CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium /usr/bin/google-chrome) /usr/bin/chromium)
export CHROMIUM

NPM_PACKAGES := web/node_modules/.package-lock.json
WEB_SOURCES := web/build.mjs web/shared/firmware.mjs $(wildcard web/page/* web/licences/*)

$(NPM_PACKAGES): web/package.json web/package-lock.json web/.npmrc
	@$(call need,node,nodejs,setup-all); $(call need,npm,npm,setup-all)
	cd web && npm ci --ignore-scripts --no-progress --loglevel=error && touch ../$@

$(B)/web/index.html: $(WEB_SOURCES) $(NPM_PACKAGES) $(B)/boot.img $(B)/map.json LICENSE
	node web/build.mjs --image $(B)/boot.img --map $(B)/map.json --out $(B)/web

.PHONY: web
web: $(B)/web/index.html ## build: the page that boots boot.img in a browser, into build/web

.PHONY: serve
serve: web ## run: serve the page on this machine, on a free port or PORT=8000, and print its address
	@node web/serve.mjs $(B)/web $(PORT)

.PHONY: test-web
test-web: web ## test: the page in Chromium, and that the picture of a session is what QEMU shows
	@$(call need,$(CHROMIUM),chromium,setup-all)
	@$(call need,$(QEMU),qemu-system-x86)
	QEMU=$(QEMU) node --test $(call test_files,web/test/*.test.mjs)

.PHONY: web-picture
web-picture: web ## pages: docs/images/web.png, the README's picture of the page, anew
	@$(call need,$(CHROMIUM),chromium,setup-all); $(call need,pngquant,pngquant,setup-all)
	node web/picture.mjs $(B)/web docs/images/web.png

# The same run gives the same file: it is remade only to be committed, and test-web compares.
.PHONY: session-picture
session-picture: $(B)/boot.img $(NPM_PACKAGES) ## pages: docs/images/session.svg, the README's picture of a session, anew
	@$(call need,$(QEMU),qemu-system-x86)
	QEMU=$(QEMU) node web/session.mjs $(B)/boot.img docs/images/session.svg

# Bochs with its own BIOS, and v86 in Node with SeaBIOS: docs/machines.md.
.PHONY: test-machines
test-machines: $(NPM_PACKAGES) $(addprefix $(B)/,boot.img boot-floppy.img boot.iso boot.vhd boot.vdi) ## test: the images on Bochs and v86
	@$(call need,bochs,bochs,setup-all)
	node --test $(call test_files,web/emulators/*.test.mjs)
