"""A laboratory of network namespaces and live BGP speakers; one noun a module."""
