#include "cli/route_text.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"

namespace pipit::cli {
namespace {

using nlohmann::json;

/// An attribute of a route as its name and its text, "-" when it is not there.
struct Attribute {
  const char* name;
  std::string (*value)(const json& route);
};

template <const char* key>
std::string list_value(const json& route) {
  const std::string text = joined(member(route, key), " ");
  return text.empty() ? "-" : text;
}

constexpr char kCommunities[] = "communities";
constexpr char kLarge[] = "large_communities";
constexpr char kExtended[] = "extended_communities";
constexpr char kClusters[] = "cluster_list";

constexpr std::array kAttributes{
    Attribute{"next hop", next_hop},
    Attribute{"AS path",
              [](const json& r) {
                return (text(r, "as_path", "").empty() ? "empty " : "") + path_and_origin(r);
              }},
    Attribute{"local preference", [](const json& r) { return text(r, "local_preference"); }},
    Attribute{"MED", [](const json& r) { return text(r, "med"); }},
    Attribute{"communities", list_value<kCommunities>},
    Attribute{"large communities", list_value<kLarge>},
    Attribute{"ext. communities", list_value<kExtended>},
    Attribute{"originator id", [](const json& r) { return text(r, "originator_id"); }},
    Attribute{"cluster list", list_value<kClusters>},
};

}  // namespace

std::string marks(const json& route) {
  std::string out;
  out += flag(route, "valid") ? '*' : ' ';
  out += flag(route, "best") ? '>' : flag(route, "multipath") ? '=' : ' ';
  out += flag(route, "stale") ? "S" : "";
  return out;
}

Style marks_style(const json& route) {
  return flag(route, "best") || flag(route, "multipath") ? Style::Good
         : flag(route, "valid")                          ? Style::Plain
                                                         : Style::Dim;
}

std::string next_hop(const json& route) {
  return text(route, "next_hop", "self");
}

std::string path_and_origin(const json& route) {
  const std::string path = text(route, "as_path", "");
  const std::string origin = text(route, "origin", "");
  const std::string letter = origin == "igp" ? "i" : origin == "egp" ? "e" : "?";
  return path.empty() ? letter : path + " " + letter;
}

std::string rejection_text(const json& route) {
  return text(member(route, "rejected_by"), "text");
}

std::string rejection_place(const json& route) {
  const json& rejection = member(route, "rejected_by");
  return text(rejection, "place", text(rejection, "section"));
}

std::string attributes_line(const json& attributes) {
  std::string line;
  for (const Attribute& attribute : kAttributes) {
    const std::string value = attribute.value(attributes);
    if (value != "-") {
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", attribute.name, value);
    }
  }
  return line;
}

std::string attributes_change(const json& before, const json& after) {
  std::string line;
  for (const Attribute& attribute : kAttributes) {
    const std::string was = attribute.value(before);
    const std::string is = attribute.value(after);
    if (was != is) {
      line += fmt::format("{}{} {} -> {}", line.empty() ? "" : ", ", attribute.name, was, is);
    }
  }
  return line;
}

}  // namespace pipit::cli
