#pragma once

namespace plait {

/// The versions of TLS that plait speaks. Older ones are broken. Twisted: `TLSVersion`.
enum class TLSVersion { TLSv1_2, TLSv1_3 };

}  // namespace plait
