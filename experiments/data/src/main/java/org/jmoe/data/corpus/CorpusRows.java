package org.jmoe.data.corpus;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;

/**
 * Where the rows of a corpus lie. A segment is a run of tokens of one row and one domain; most rows
 * are one segment.
 *
 * @param starts (segments + 1) first token of each segment, then the number of tokens
 * @param domains (segments) domain of each segment
 * @param rows (segments) row of each segment, ascending
 * @param heldOut rows marked as validation data, ascending
 * @param count number of rows, empty ones included
 */
public record CorpusRows(
    ImmutableLongArray starts,
    ImmutableIntArray domains,
    ImmutableIntArray rows,
    ImmutableIntArray heldOut,
    int count) {}
