"""The facts that ship with roofrack, as TOML: models, devices, links, formats, engines and ready scenarios."""
