// Values of policies in words, as traces, `show policies` and tests say them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

/// "bgp", "kernel".
std::string_view name_of(SourceKind source);

/// "10.0.0.0/8 ge 16 le 24"
std::string to_string(const PrefixRange& range);

/// "none" or the number.
std::string number_text(const std::optional<std::uint32_t>& number);

/// Communities of all three kinds; "none" when there are none.
std::string communities_text(const bgp::PathAttributes& attributes);

/// Every member: "64512:100, rt:64512:7".
std::vector<std::string> texts_of(const CommunityList& list);

/// "a, b, c", cut after a few.
std::string joined(const std::vector<std::string>& words);

}  // namespace pipit::policy
