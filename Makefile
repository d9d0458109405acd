# The user's door; Meson does the work.
build:
	@test -f build/build.ninja || meson setup build
	@ninja -C build

.PHONY: build
