package org.jmoe.data.corpus;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;

/**
 * Row layout of a corpus. A segment is a contiguous range of tokens of one row and one domain; most
 * rows have one segment.
 *
 * @param starts (segments + 1), index of the first token of each segment, then the number of tokens
 * @param domains (segments), domain of each segment
 * @param rows (segments), row of each segment, ascending
 * @param heldOut rows marked as held-out, ascending
 * @param count number of rows, including empty rows
 */
public record CorpusRows(
    ImmutableLongArray starts,
    ImmutableIntArray domains,
    ImmutableIntArray rows,
    ImmutableIntArray heldOut,
    int count) {}
