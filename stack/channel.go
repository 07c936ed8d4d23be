package stack

// Channel is how far a version has come. A version belongs to exactly one.
type Channel string

// The channels, from every commit to what customers get.
const (
	ChannelSnapshot Channel = "snapshot"
	ChannelRC       Channel = "rc"
	ChannelStable   Channel = "stable"
)

// Channels returns all channels, the least finished first.
func Channels() []Channel {
	return []Channel{ChannelSnapshot, ChannelRC, ChannelStable}
}
