#include "control/commands_routes.hpp"

#include <algorithm>
#include <array>
#include <expected>
#include <utility>

#include <fmt/format.h>

#include "control/reply.hpp"
#include "net/log.hpp"

namespace pipit::control {
namespace {

constexpr std::uint32_t kLongestPrefix = 128;

std::optional<NeighborRoutes> view_of(const std::string& text) {
  constexpr std::array kViews{
      std::pair{std::string_view("received"), NeighborRoutes::Received},
      std::pair{std::string_view("accepted"), NeighborRoutes::Accepted},
      std::pair{std::string_view("rejected"), NeighborRoutes::Rejected},
      std::pair{std::string_view("advertised"), NeighborRoutes::Advertised},
  };
  const auto found = std::ranges::find(kViews, text, [](const auto& view) { return view.first; });
  return found == kViews.end() ? std::nullopt : std::optional(found->second);
}

std::optional<policy::SourceKind> source_kind(const std::string& text) {
  constexpr std::array kKinds{
      std::pair{std::string_view("bgp"), policy::SourceKind::Bgp},
      std::pair{std::string_view("kernel"), policy::SourceKind::Kernel},
      std::pair{std::string_view("connected"), policy::SourceKind::Connected},
      std::pair{std::string_view("originate"), policy::SourceKind::Originate},
  };
  const auto found = std::ranges::find(kKinds, text, [](const auto& kind) { return kind.first; });
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

using Chosen = std::expected<void, std::string>;

/// Writes into `query` which destinations are asked for; an error says what does not go together.
Chosen choose_destinations(const Arguments& arguments, RouteQuery& query) {
  const bool longer = arguments.has("longer");
  const bool shorter = arguments.has("shorter");
  if (longer && shorter) {
    return std::unexpected("either longer or shorter");
  }
  if (arguments.has("prefix")) {
    query.key = arguments["prefix"].key;
    query.match = longer    ? PrefixMatch::Longer
                  : shorter ? PrefixMatch::Shorter
                            : PrefixMatch::Exact;
  } else if (longer || shorter) {
    return std::unexpected(longer ? "longer needs a prefix" : "shorter needs a prefix");
  }
  if (arguments.has("family")) {
    query.family = net::parse_family(arguments["family"].text);
  }
  if (arguments.has("length")) {
    query.length = arguments["length"].range;
    if (query.length->high > kLongestPrefix) {
      return std::unexpected(fmt::format("no prefix is longer than {}", kLongestPrefix));
    }
  }
  return {};
}

/// Writes into `query` whose routes are asked for, and in which state.
Chosen choose_view(const Arguments& arguments, RouteQuery& query) {
  query.neighbor = arguments["neighbor"].text;
  const auto view = view_of(arguments["view"].text);
  query.routes = view.value_or(NeighborRoutes::Accepted);
  const bool of_all =
      query.routes == NeighborRoutes::Accepted || query.routes == NeighborRoutes::Rejected;
  if (query.neighbor.empty() && !of_all) {
    return std::unexpected(
        fmt::format("{0} needs a neighbor: neighbor NAME {0}", arguments["view"].text));
  }
  if (query.neighbor.empty() && query.routes == NeighborRoutes::Rejected && arguments.has("best")) {
    return std::unexpected("a rejected path is never the best");
  }
  query.with_rejections = !arguments.has("count") && (query.routes == NeighborRoutes::Received ||
                                                      query.routes == NeighborRoutes::Rejected);
  return {};
}

/// Writes into `query` which rows of these the arguments ask for; an error names what is wrong.
Chosen choose_rows(const Arguments& arguments, RouteQuery& query) {
  if (arguments.has("source")) {
    const std::string& source = arguments["source"].text;
    if (source.empty()) {
      return std::unexpected("source must not be empty");
    }
    query.source_kind = source_kind(source);
    query.source = query.source_kind ? std::string() : source;
  }
  if (arguments.has("community")) {
    const std::string& text = arguments["community"].text;
    query.community = CommunityFilter::parse(text);
    if (!query.community) {
      return std::unexpected(
          fmt::format("\"{}\" is no community such as 65001:5, 65001:*, *:666, 65001:1:*, "
                      "rt:65001:7, rt:65001:* "
                      "or no-export",
                      net::escaped(text, 80)));
    }
  }
  if (arguments.has("as-path")) {
    auto pattern = policy::AsPathPattern::compile(arguments["as-path"].text);
    if (!pattern) {
      return std::unexpected(fmt::format("as-path, at character {}: {}", pattern.error().offset + 1,
                                         pattern.error().message));
    }
    query.as_path = std::move(*pattern);
  }
  if (arguments.has("next-hop")) {
    query.next_hop = arguments["next-hop"].address;
  }
  if (arguments.has("med")) {
    query.med = arguments["med"].range;
  }
  if (arguments.has("validity")) {
    query.valid = arguments["validity"].text == "valid";
  }
  query.best_only = arguments.has("best");
  return {};
}

}  // namespace

Reply show_routes(const Context& context, const Arguments& arguments) {
  RouteQuery query;
  if (arguments.has("neighbor") && arguments["neighbor"].text.empty()) {
    return fail(no_neighbor({}));
  }
  for (const auto choose : {choose_destinations, choose_view, choose_rows}) {
    if (const auto chosen = choose(arguments, query); !chosen) {
      return usage("show routes: " + chosen.error());
    }
  }
  return list(context.view.open_routes(query),
              {.limit = arguments["limit"].number, .count_only = arguments.has("count")});
}

Reply show_route(const Context& context, const Arguments& arguments) {
  RouteQuery query;
  query.match = PrefixMatch::Longest;
  query.key = arguments["prefix"].key;
  return list(context.view.open_routes(query));
}

Reply explain(const Context& context, const Arguments& arguments) {
  if (arguments.has("from") && arguments.has("to")) {
    return usage("explain: either from or to");
  }
  net::RouteKey key = arguments["prefix"].key;
  std::optional<net::IpAddress> address;
  if (!arguments["prefix"].text.contains('/')) {
    address = key.prefix.address();
    key = context.view.longest_match(key, arguments["from"].text);
  }
  const auto answer = [&](auto model) {
    model.address = address;
    return one(model);
  };
  if (arguments.has("from")) {
    auto model = context.view.explain_from(key, arguments["from"].text);
    return model ? answer(std::move(*model)) : fail(model.error());
  }
  if (arguments.has("to")) {
    auto model = context.view.explain_to(key, arguments["to"].text);
    return model ? answer(std::move(*model)) : fail(model.error());
  }
  return answer(context.view.explain(key));
}

}  // namespace pipit::control
