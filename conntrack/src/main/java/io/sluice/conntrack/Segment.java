package io.sluice.conntrack;

/** What connection tracking wants to know of a transport header: of TCP's or SCTP's. */
public sealed interface Segment permits TcpSegment, SctpChunks {}
