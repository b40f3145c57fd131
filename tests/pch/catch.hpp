// Precompiled for every test under sanitizers, like net/pch/standard.hpp.
#pragma once

#include "net/pch/standard.hpp"
#include "tests/unit/catch.hpp"
