// Catch2 under one name: version 2 of Debian 12, version 3 of newer distributions.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
