"""Rules of intake (接收报表): what a column, a code and a cell of a report mean, and what districts add up to."""
