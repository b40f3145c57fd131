#include "cli/route_text.hpp"

#include <array>

#include <fmt/format.h>

namespace pipit::cli {
namespace {

/// An attribute of a route as its name and its text, "-" when it is not there.
struct Attribute {
  const char* name;
  std::string (*value)(const Attributes& route);
};

std::string dash_if_empty(std::string text) {
  return text.empty() ? "-" : text;
}

constexpr std::array kAttributes{
    Attribute{"next hop", next_hop},
    Attribute{"AS path",
              [](const Attributes& route) {
                return (text(route, "as_path", "").empty() ? "empty " : "") +
                       path_and_origin(route);
              }},
    Attribute{"local preference",
              [](const Attributes& route) { return text(route, "local_preference"); }},
    Attribute{"MED", [](const Attributes& route) { return text(route, "med"); }},
    Attribute{
        "communities",
        [](const Attributes& route) { return dash_if_empty(joined(route, "communities", " ")); }},
    Attribute{"large communities",
              [](const Attributes& route) {
                return dash_if_empty(joined(route, "large_communities", " "));
              }},
    Attribute{"ext. communities",
              [](const Attributes& route) {
                return dash_if_empty(joined(route, "extended_communities", " "));
              }},
    Attribute{"originator id",
              [](const Attributes& route) { return text(route, "originator_id"); }},
    Attribute{
        "cluster list",
        [](const Attributes& route) { return dash_if_empty(joined(route, "cluster_list", " ")); }},
};

}  // namespace

std::string marks(const Route& route) {
  std::string out;
  out += flag(route, "valid") ? '*' : ' ';
  out += flag(route, "best") ? '>' : flag(route, "multipath") ? '=' : ' ';
  out += flag(route, "stale") ? "S" : "";
  return out;
}

Style marks_style(const Route& route) {
  return flag(route, "best") || flag(route, "multipath") ? Style::Good
         : flag(route, "valid")                          ? Style::Plain
                                                         : Style::Dim;
}

std::string destination(const Destination& route) {
  const std::string prefix = text(route, "prefix");
  const std::string rd = text(route, "rd", "");
  if (rd.empty()) {
    return prefix;
  }
  const std::size_t slash = prefix.find('/');
  const bool v6 = prefix.find(':') != std::string::npos && slash != std::string::npos;
  return rd + ':' + (v6 ? '[' + prefix.substr(0, slash) + ']' + prefix.substr(slash) : prefix);
}

std::string next_hop(const Attributes& route) {
  const std::string label = text(route, "label", "");
  return text(route, "next_hop", "self") + (label.empty() ? "" : " label " + label);
}

std::string path_and_origin(const Attributes& route) {
  const std::string path = text(route, "as_path", "");
  const std::string origin = text(route, "origin", "");
  const std::string letter = origin == "igp" ? "i" : origin == "egp" ? "e" : "?";
  return path.empty() ? letter : path + " " + letter;
}

std::string rejection_text(const Route& route) {
  return text(record<control::shown::kRejection>(route, "rejected_by"), "text");
}

std::string rejection_place(const Route& route) {
  const auto rejection = record<control::shown::kRejection>(route, "rejected_by");
  return text(rejection, "place", text(rejection, "section"));
}

std::string attributes_line(const Attributes& attributes) {
  std::string line;
  for (const Attribute& attribute : kAttributes) {
    const std::string value = attribute.value(attributes);
    if (value != "-") {
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", attribute.name, value);
    }
  }
  return line;
}

std::string attributes_change(const Attributes& before, const Attributes& after) {
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
