# build/web is a folder of plain files for any web server: web/build.mjs gathers them. npm takes
# the versions that web/package-lock.json pins; none of the packages needs its install scripts.
.PHONY: web serve test-web pictures test-machines

# Ubuntu has Chromium as a snap only, which sees no other folders than its own: Google's build of it does.
CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium /usr/bin/google-chrome) /usr/bin/chromium)
export CHROMIUM
need_chromium = $(call need,$(CHROMIUM),chromium,setup-all); $(call need,$(QEMU),qemu-system-x86)

NPM_PACKAGES := web/node_modules/.package-lock.json
WEB_SOURCES := web/build.mjs web/shared/firmware.mjs $(wildcard web/page/* web/page/licences/*)

$(NPM_PACKAGES): web/package.json web/package-lock.json web/.npmrc
	@$(call need,node,nodejs,setup-all); $(call need,npm,npm,setup-all)
	cd web && npm ci --ignore-scripts --no-progress --loglevel=error && touch ../$@

$(B)/web/index.html: $(WEB_SOURCES) $(NPM_PACKAGES) $(B)/boot.img $(B)/map.json LICENSE
	node web/build.mjs --image $(B)/boot.img --map $(B)/map.json --out $(B)/web

web: $(B)/web/index.html

serve: web ## run: serve the page on this machine, on a free port or PORT=8000, and print its address
	@node web/serve.mjs $(B)/web $(PORT)

test-web: web ## test: the page in Chromium, and that the pictures show what there is
	@$(need_chromium)
	QEMU=$(QEMU) node --test $(call test_files,web/test/*.test.mjs)

pictures: web ## pages: the README's pictures of a session and of the page, anew
	@$(need_chromium); $(call need,pngquant,pngquant,setup-all)
	QEMU=$(QEMU) node web/pictures.mjs $(B) docs/images

# Bochs with its own BIOS, and v86 in Node with SeaBIOS: docs/tests.md.
test-machines: $(NPM_PACKAGES) $(addprefix $(B)/,boot.img boot-floppy.img boot.iso boot.vhd boot.vdi) ## test: the images on Bochs and v86
	@$(call need,bochs,bochs,setup-all)
	node --test $(call test_files,web/emulators/*.test.mjs)
