"""The pages that OBS shows on stream, as the build of clients/overlay makes them."""
